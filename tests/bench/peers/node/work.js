// What asynchronous functions of Node cost: see netbox/work.lua, whose works these
// are, and which prints the same.
"use strict";

const WAVE = 100; // functions between two waits for all of them

function check(holds) {
  if (!holds) throw new Error("the sum is wrong");
}

class Queue {
  items = [];
  getters = [];
  putters = [];

  constructor(max) {
    this.max = max;
  }

  async put(item) {
    if (this.getters.length > 0) return this.getters.shift()(item);
    while (this.items.length >= this.max)
      await new Promise((wake) => this.putters.push(wake));
    this.items.push(item);
  }

  async get() {
    if (this.items.length === 0)
      return new Promise((give) => this.getters.push(give));
    const item = this.items.shift();
    if (this.putters.length > 0) this.putters.shift()();
    return item;
  }
}

class Lock {
  held = false;
  waiters = [];

  async acquire() {
    if (this.held)
      return new Promise((give) => this.waiters.push(give));
    this.held = true;
  }

  release() {
    if (this.waiters.length > 0) this.waiters.shift()();
    else this.held = false;
  }
}

class Event {
  constructor() {
    this.clear();
  }

  clear() {
    this.wait = new Promise((set) => (this.set = set));
  }
}

const work = {
  async spawn(count) {
    let ran = 0;
    const run = async () => {
      await null;
      ran++;
    };
    const running = [];
    for (let i = 0; i < Math.floor(count / WAVE); i++) {
      for (let j = 0; j < WAVE; j++) running[j] = run();
      for (let j = 0; j < WAVE; j++) await running[j];
    }
    check(ran === Math.floor(count / WAVE) * WAVE);
  },

  async pass(count) {
    const queue = new Queue(1);
    const taker = (async () => {
      let sum = 0;
      for (;;) {
        const item = await queue.get();
        if (item === null) return sum;
        sum += item;
      }
    })();
    for (let i = 1; i <= count; i++) await queue.put(i);
    await queue.put(null);
    check((await taker) === (count * (count + 1)) / 2);
  },

  async queue(count) {
    const there = new Queue(1);
    const back = new Queue(1);
    const other = (async () => {
      for (let i = 0; i < count; i++) await back.put(await there.get());
    })();
    let sum = 0;
    for (let i = 1; i <= count; i++) {
      await there.put(i);
      sum += await back.get();
    }
    await other;
    check(sum === (count * (count + 1)) / 2);
  },

  async lock(count) {
    const lock = new Lock();
    let passed = 0;
    const take = async () => {
      for (let i = 0; i < count >> 1; i++) {
        await lock.acquire();
        passed++;
        lock.release();
      }
    };
    await lock.acquire();
    const running = [take(), take()];
    lock.release();
    await Promise.all(running);
    check(passed === (count >> 1) * 2);
  },

  async event(count) {
    const events = [new Event(), new Event()];
    let passed = 0;
    const other = (async () => {
      for (let i = 0; i < count >> 1; i++) {
        await events[1].wait;
        events[1].clear();
        passed++;
        events[0].set();
      }
    })();
    for (let i = 0; i < count >> 1; i++) {
      events[1].set();
      await events[0].wait;
      events[0].clear();
      passed++;
    }
    await other;
    check(passed === (count >> 1) * 2);
  },

  async waiting(count) {
    let sum = 0;
    const wait = async (queue) => {
      const item = await queue.get();
      sum += item;
    };
    const queues = new Array(count).fill(null);
    const running = new Array(count).fill(null);
    gc();
    const before = process.memoryUsage();
    for (let i = 0; i < count; i++) {
      queues[i] = new Queue(1);
      running[i] = wait(queues[i]);
    }
    gc();
    const now = process.memoryUsage();
    console.log("rss", (now.rss - before.rss) / count);
    console.log("heap", (now.heapUsed - before.heapUsed) / count);
    for (let i = 0; i < count; i++) await queues[i].put(i + 1);
    await Promise.all(running);
    check(sum === (count * (count + 1)) / 2);
  },

  async sleepers(count) {
    let woken = 0;
    const nap = async (i) => {
      await new Promise((wake) => setTimeout(wake, 1 + (i % 50)));
      woken++;
    };
    const running = [];
    for (let i = 0; i < count; i++) running.push(nap(i));
    await Promise.all(running);
    check(woken === count);
  },

  async timers(count) {
    let fired = 0;
    const fire = () => fired++;
    for (let i = 0; i < count; i++) clearTimeout(setTimeout(fire, 5000));
    check(fired === 0);
  },
};

function cpu() {
  const used = process.cpuUsage();
  return (used.user + used.system) * 1000;
}

async function main(name, count) {
  if (name !== "waiting" && name !== "sleepers") await work[name](count / 4);
  const start = cpu();
  await work[name](count);
  console.log("cpu", (cpu() - start) / count);
}

main(process.argv[2], Number(process.argv[3]));
