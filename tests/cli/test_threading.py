"""What threads wait for in each other does what Python's threading and queue
do: each case is done by both, and both say the same.

A case tells `say` what to call in Python, and returns the Lua that does the
same. What is said is what the call returns or raises, in netbox's words:
where Python raises Full, Empty or BrokenBarrierError, netbox returns nil,
nil and false.
"""
import functools
import queue
import threading

from cli import ran, run

PRELUDE = """
local function say(f, ...)
  local ok, value = pcall(f, ...)
  if not ok then
    value = value:match("%((.+)%)$") or value
  end
  print(value)
end

-- What f gives in a thread of its own.
local function elsewhere(f, ...)
  local ok, value = thread.spawn(f, ...):join()
  if ok then return value end
  error(value, 0)
end
"""
REFUSALS = {queue.Empty: "nil", queue.Full: "nil",
            threading.BrokenBarrierError: "false"}


def outcome(function, *args):
    try:
        value = function(*args)
    except Exception as error:  # whatever it is, it is what the test is about
        return REFUSALS.get(type(error), str(error))
    if value is None:
        return "nil"
    return str(value).lower() if isinstance(value, bool) else str(value)


def same(case):
    @functools.wraps(case)
    def test():
        said = []
        lua = case(lambda *call: said.append(outcome(*call)))
        got = ran("-e", PRELUDE + lua)
        assert (got.status, got.err) == (0, ""), got
        assert said and got.out.splitlines() == said, f"not {said}: {got.out}"
    return test


def elsewhere(function, *args):
    """What the function gives in a thread of its own."""
    said = []
    thread = threading.Thread(
        target=lambda: said.append(outcome(function, *args)))
    thread.start()
    thread.join()
    return said[0]


@same
def lock(say):
    it = threading.Lock()
    say(it.release)
    say(it.acquire)
    say(it.locked)
    say(it.acquire, False)
    say(it.acquire, True, 0.01)
    say(it.release)
    say(it.locked)
    return """
    local it = thread.lock()
    say(it.release, it)
    say(it.acquire, it)
    say(it.locked, it)
    say(it.acquire, it, false)
    say(it.acquire, it, 0.01)
    say(it.release, it)
    say(it.locked, it)
    """


@same
def rlock(say):
    it = threading.RLock()
    say(it.release)
    say(it.acquire)
    say(it.acquire, False)
    say(elsewhere, it.acquire, False)
    say(elsewhere, it.release)
    say(it.release)
    say(it.release)
    say(it.release)
    return """
    local it = thread.rlock()
    say(it.release, it)
    say(it.acquire, it)
    say(it.acquire, it, false)
    say(elsewhere, it.acquire, it, false)
    say(elsewhere, it.release, it)
    say(it.release, it)
    say(it.release, it)
    say(it.release, it)
    """


@same
def semaphore(say):
    it = threading.Semaphore(2)
    say(it.acquire)
    say(it.acquire, False)
    say(it.acquire, False)
    say(it.acquire, True, 0.01)
    say(it.release, 0)
    say(it.release, 2)
    say(it.acquire)
    say(elsewhere, it.acquire)
    say(it.acquire, False)
    say(threading.Semaphore, -1)
    return """
    local it = thread.semaphore(2)
    say(it.acquire, it)
    say(it.acquire, it, false)
    say(it.acquire, it, false)
    say(it.acquire, it, 0.01)
    say(it.release, it, 0)
    say(it.release, it, 2)
    say(it.acquire, it)
    say(elsewhere, it.acquire, it)
    say(it.acquire, it, false)
    say(thread.semaphore, -1)
    """


@same
def bounded_semaphore(say):
    it = threading.BoundedSemaphore(2)
    say(it.release)
    say(it.acquire)
    say(it.release, 2)
    say(it.release)
    say(it.release)
    say(it.acquire, False)
    return """
    local it = thread.bounded_semaphore(2)
    say(it.release, it)
    say(it.acquire, it)
    say(it.release, it, 2)
    say(it.release, it)
    say(it.release, it)
    say(it.acquire, it, false)
    """


@same
def event(say):
    it = threading.Event()
    say(it.is_set)
    say(it.wait, 0)
    say(it.wait, 0.01)
    say(it.set)
    say(it.is_set)
    say(it.wait)
    say(elsewhere, it.wait)
    say(it.clear)
    say(it.wait, 0)
    return """
    local it = thread.event()
    say(it.is_set, it)
    say(it.wait, it, 0)
    say(it.wait, it, 0.01)
    say(it.set, it)
    say(it.is_set, it)
    say(it.wait, it)
    say(elsewhere, it.wait, it)
    say(it.clear, it)
    say(it.wait, it, 0)
    """


@same
def condition_without_its_lock(say):
    for it in threading.Condition(), threading.Condition(threading.Lock()):
        say(it.wait)
        say(it.wait_for, lambda: None)
        say(it.wait_for, lambda: "at once")
        say(it.notify)
        say(it.notify_all)
        say(it.release)
    return """
    for _, it in ipairs { thread.condition(),
                          thread.condition(thread.lock()) } do
      say(it.wait, it)
      say(it.wait_for, it, function() end)
      say(it.wait_for, it, function() return "at once" end)
      say(it.notify, it)
      say(it.notify_all, it)
      say(it.release, it)
    end
    """


@same
def condition_that_nobody_notifies(say):
    it = threading.Condition()
    say(it.acquire)
    say(it.acquire)
    say(it.notify)
    say(it.wait, 0.01)
    say(it.wait, 0)
    say(it.wait_for, lambda: "at once", 0)
    say(it.wait_for, lambda: None, 0.01)
    say(it.wait_for, lambda: False, 0)
    say(it.release)
    say(elsewhere, it.acquire, False)
    say(elsewhere, it.notify)
    say(it.release)
    say(it.release)
    return """
    local it = thread.condition()
    say(it.acquire, it)
    say(it.acquire, it)
    say(it.notify, it)
    say(it.wait, it, 0.01)
    say(it.wait, it, 0)
    say(it.wait_for, it, function() return "at once" end, 0)
    say(it.wait_for, it, function() end, 0.01)
    say(it.wait_for, it, function() return false end, 0)
    say(it.release, it)
    say(elsewhere, it.acquire, it, false)
    say(elsewhere, it.notify, it)
    say(it.release, it)
    say(it.release, it)
    """


@same
def condition_with_three_who_wait(say):
    """Some are notified early, the others late."""
    it = threading.Condition()
    waiting, woken = threading.Semaphore(0), threading.Semaphore(0)

    def look_out(told):
        with it:
            waiting.release()
            it.wait()
            told.append(len(told))
        woken.release()

    for number in 0, 1, 2, 9:
        told = []
        threads = [threading.Thread(target=look_out, args=(told,))
                   for _ in range(3)]
        for thread in threads:
            thread.start()
            waiting.acquire()
        with it:
            it.notify(number)
        for _ in range(min(number, 3)):
            woken.acquire()
        with it:
            say(told.__len__)
            it.notify_all()
        for thread in threads:
            thread.join()
        for _ in range(3 - min(number, 3)):
            woken.acquire()
        say(told.__len__)
    return """
    local it = thread.condition()
    for _, number in ipairs { 0, 1, 2, 9 } do
      local told, threads = {}, {}
      local woken = thread.semaphore(0)
      for i = 1, 3 do
        threads[i] = thread.spawn(function()
          local _ <close> = it:hold()
          it:wait()
          table.insert(told, true)
          woken:release()
        end)
      end
      thread.yield()
      do
        local _ <close> = it:hold()
        it:notify(number)
      end
      for _ = 1, math.min(number, 3) do woken:acquire() end
      do
        local _ <close> = it:hold()
        print(#told)
        it:notify_all()
      end
      for _, t in ipairs(threads) do t:join() end
      print(#told)
    end
    """


def meet(barrier, parties):
    """The numbers of so many threads, in order."""
    numbers = []
    threads = [threading.Thread(
        target=lambda: numbers.append(outcome(barrier.wait)))
        for _ in range(parties)]
    for thread in threads:
        thread.start()
    for thread in threads:
        thread.join()
    return " ".join(sorted(numbers))


@same
def barrier(say):
    acts = []
    it = threading.Barrier(3, lambda: acts.append("act"))
    say(lambda: it.parties)
    say(meet, it, 3)
    say(meet, it, 6)
    say(lambda: len(acts))
    say(lambda: it.n_waiting)
    say(it.wait, 0.01)
    say(lambda: it.broken)
    say(it.wait)
    say(it.reset)
    say(lambda: it.broken)
    say(meet, it, 3)
    say(it.abort)
    say(meet, it, 2)
    say(it.reset)
    say(it.wait, 0)
    say(lambda: it.broken)
    return """
    local acts = 0
    local it = thread.barrier(3, function() acts = acts + 1 end)
    local function meet(parties)
      local threads, numbers = {}, {}
      for i = 1, parties do
        threads[i] = thread.spawn(it.wait, it)
      end
      for i, t in ipairs(threads) do
        numbers[i] = tostring(select(2, t:join()))
      end
      table.sort(numbers)
      return table.concat(numbers, " ")
    end
    say(it.parties, it)
    say(meet, 3)
    say(meet, 6)
    print(acts)
    say(it.waiting, it)
    say(it.wait, it, 0.01)
    say(it.broken, it)
    say(it.wait, it)
    say(it.reset, it)
    say(it.broken, it)
    say(meet, 3)
    say(it.abort, it)
    say(meet, 2)
    say(it.reset, it)
    say(it.wait, it, 0)
    say(it.broken, it)
    """


@same
def barrier_whose_action_fails(say):
    def act():
        raise ValueError("no luck")

    it = threading.Barrier(1, act)
    say(it.wait)
    say(lambda: it.broken)
    say(it.wait)
    return """
    local it = thread.barrier(1, function() error("no luck", 0) end)
    say(it.wait, it)
    say(it.broken, it)
    say(it.wait, it)
    """


@same
def queue_that_holds_two(say):
    it = queue.Queue(2)
    say(lambda: it.maxsize)
    say(it.empty)
    say(it.get_nowait)
    say(it.get, True, 0.01)
    say(it.put, "a")
    say(it.put_nowait, "b")
    say(it.full)
    say(it.put_nowait, "c")
    say(it.put, "c", True, 0.01)
    say(it.qsize)
    say(it.get)
    say(it.get_nowait)
    say(it.full)
    say(it.qsize)
    return """
    local it = thread.queue(2)
    local function put(...) it:put(...) end
    say(it.maxsize, it)
    say(it.empty, it)
    say(it.get_nowait, it)
    say(it.get, it, 0.01)
    say(put, "a")
    say(put, "b")
    say(it.full, it)
    say(it.put_nowait, it, "c")
    say(it.put, it, "c", 0.01)
    say(it.qsize, it)
    say(it.get, it)
    say(it.get_nowait, it)
    say(it.full, it)
    say(it.qsize, it)
    """


@same
def queue_that_is_joined(say):
    it = queue.Queue()
    say(it.join)
    say(it.task_done)
    it.put("a")
    it.put("b")
    say(it.get)
    say(it.task_done)
    say(lambda: it.unfinished_tasks)
    say(it.task_done)
    say(it.join)
    say(it.task_done)
    say(it.qsize)
    return """
    local it = thread.queue()
    local function join() assert(it:join()) end
    say(join)
    say(it.task_done, it)
    it:put("a")
    it:put("b")
    say(it.get, it)
    say(it.task_done, it)
    print(it:join(0) and 0 or 1)
    say(it.task_done, it)
    say(join)
    say(it.task_done, it)
    say(it.qsize, it)
    """


@same
def storage(say):
    it = threading.local()
    it.name = "main's"
    say(elsewhere, lambda: getattr(it, "name", None))
    say(lambda: it.name)
    return """
    thread.storage().name = "main's"
    say(elsewhere, function() return thread.storage().name end)
    print(thread.storage().name)
    """


run(lock, rlock, semaphore, bounded_semaphore, event,
    condition_without_its_lock, condition_that_nobody_notifies,
    condition_with_three_who_wait, barrier, barrier_whose_action_fails,
    queue_that_holds_two, queue_that_is_joined, storage)
