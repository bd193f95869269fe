// What goroutines cost: see netbox/work.lua, whose works these are, and which
// prints the same.
package main

import (
	"bytes"
	"fmt"
	"os"
	"runtime"
	"runtime/debug"
	"strconv"
	"sync"
	"syscall"
	"time"
)

const wave = 100 // goroutines between two waits for all of them

func check(holds bool) {
	if !holds {
		panic("the sum is wrong")
	}
}

func spawn(count int) {
	ran := 0
	var done sync.WaitGroup
	for i := 0; i < count/wave; i++ {
		done.Add(wave)
		for j := 0; j < wave; j++ {
			go func() {
				ran++
				done.Done()
			}()
		}
		done.Wait()
	}
	check(ran == count/wave*wave)
}

func pass(count int) {
	items := make(chan int, 1)
	sum := make(chan int)
	go func() {
		total := 0
		for value := range items {
			total += value
		}
		sum <- total
	}()
	for i := 1; i <= count; i++ {
		items <- i
	}
	close(items)
	check(<-sum == count*(count+1)/2)
}

func queue(count int) {
	there, back := make(chan int, 1), make(chan int, 1)
	go func() {
		for value := range there {
			back <- value
		}
	}()
	sum := 0
	for i := 1; i <= count; i++ {
		there <- i
		sum += <-back
	}
	close(there)
	check(sum == count*(count+1)/2)
}

// A channel that has room for one is a lock that is handed over.
func lock(count int) {
	held := make(chan bool, 1)
	done := make(chan bool)
	passed := 0
	take := func() {
		for i := 0; i < count/2; i++ {
			held <- true
			passed++
			<-held
		}
		done <- true
	}
	held <- true
	go take()
	go take()
	runtime.Gosched()
	<-held
	<-done
	<-done
	check(passed == count/2*2)
}

// Two channels without room are two events.
func event(count int) {
	first, second := make(chan bool), make(chan bool)
	go func() {
		for i := 0; i < count/2; i++ {
			<-first
			second <- true
		}
	}()
	for i := 0; i < count/2; i++ {
		first <- true
		<-second
	}
}

func memory() (float64, float64) {
	debug.FreeOSMemory()
	var heap runtime.MemStats
	runtime.ReadMemStats(&heap)
	status, err := os.ReadFile("/proc/self/status")
	check(err == nil)
	_, line, _ := bytes.Cut(status, []byte("VmRSS:"))
	resident, err := strconv.Atoi(string(bytes.Fields(line)[0]))
	check(err == nil)
	return float64(resident) * 1024, float64(heap.HeapInuse + heap.StackInuse)
}

// Each has a channel of its own.
func waiting(count int) {
	sum := 0
	channels := make([]chan int, count)
	var done sync.WaitGroup
	done.Add(count)
	resident, heap := memory()
	for i := 0; i < count; i++ {
		channels[i] = make(chan int, 1)
		go func(channel chan int) {
			item := <-channel
			sum += item
			done.Done()
		}(channels[i])
	}
	runtime.Gosched()
	residentNow, heapNow := memory()
	fmt.Println("rss", (residentNow-resident)/float64(count))
	fmt.Println("heap", (heapNow-heap)/float64(count))
	for i := 0; i < count; i++ {
		channels[i] <- i + 1
	}
	done.Wait()
	check(sum == count*(count+1)/2)
}

func sleepers(count int) {
	woken := 0
	var done sync.WaitGroup
	done.Add(count)
	for i := 1; i <= count; i++ {
		go func(i int) {
			time.Sleep(time.Duration(1+i%50) * time.Millisecond)
			woken++
			done.Done()
		}(i)
	}
	done.Wait()
	check(woken == count)
}

func timers(count int) {
	fired := 0
	fire := func() { fired++ }
	for i := 0; i < count; i++ {
		time.AfterFunc(5*time.Second, fire).Stop()
	}
	check(fired == 0)
}

func cpu() float64 {
	var usage syscall.Rusage
	syscall.Getrusage(syscall.RUSAGE_SELF, &usage)
	return float64(usage.Utime.Nano() + usage.Stime.Nano())
}

func main() {
	works := map[string]func(int){
		"spawn": spawn, "pass": pass, "queue": queue, "lock": lock,
		"event": event, "waiting": waiting, "sleepers": sleepers,
		"timers": timers,
	}
	runtime.GOMAXPROCS(1)
	work := works[os.Args[1]]
	count, err := strconv.Atoi(os.Args[2])
	check(err == nil)
	if os.Args[1] != "waiting" && os.Args[1] != "sleepers" {
		work(count / 4)
	}
	start := cpu()
	work(count)
	fmt.Println("cpu", (cpu()-start)/float64(count))
}
