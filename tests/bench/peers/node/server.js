// The servers in Node: `server.js KIND`.
"use strict";

const net = require("net");
const dgram = require("dgram");

function listen(onClient) {
  const server = net.createServer(onClient);
  server.listen(0, "127.0.0.1", 128, () =>
    console.log(server.address().port));
}

function echoLines(conn) {
  let rest = Buffer.alloc(0);
  conn.setNoDelay(true);
  conn.on("error", () => conn.destroy());
  conn.on("data", (data) => {
    if (rest.length > 0) data = Buffer.concat([rest, data]);
    let begin = 0;
    let end;
    while ((end = data.indexOf(10, begin)) >= 0) {
      conn.write(data.subarray(begin, end + 1));
      begin = end + 1;
    }
    rest = data.subarray(begin);
  });
}

// Both directions wait for each other's writes, as pipe does.
function pump(from, to) {
  from.on("data", (data) => {
    if (to.write(data)) return;
    from.pause();
    to.once("drain", () => from.resume());
  });
  from.on("error", () => to.destroy());
  from.on("end", () => to.end());
}

const serve = {
  tcp() {
    listen((conn) => {
      conn.on("error", () => conn.destroy());
      conn.on("data", (data) => conn.write(data));
    });
  },

  lines() {
    listen(echoLines);
  },

  proxy() {
    let waiting = null;
    listen((conn) => {
      if (waiting === null) {
        waiting = conn;
        return;
      }
      pump(waiting, conn);
      pump(conn, waiting);
      waiting = null;
    });
  },

  udp() {
    const server = dgram.createSocket("udp4");
    server.on("message", (data, peer) =>
      server.send(data, peer.port, peer.address));
    server.bind(0, "127.0.0.1", () => console.log(server.address().port));
  },
};

serve[process.argv[2]]();
