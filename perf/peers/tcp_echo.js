// TCP echo in node, as everybody writes it: node tcp_echo.js PORT
'use strict';
const net = require('node:net');

const server = net.createServer({ noDelay: true }, socket => {
    socket.on('data', bytes => {
        if (!socket.write(bytes)) {
            socket.pause(); // the peer takes no more: take no more from it
            socket.once('drain', () => socket.resume());
        }
    });
    socket.on('error', () => socket.destroy());
});
server.listen({ host: '127.0.0.1', port: Number(process.argv[2]), backlog: 4096 }, () => console.log('ready'));
