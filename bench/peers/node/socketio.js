// Socket.IO, over WebSocket alone.
const { createServer } = require('node:http');
const { Server } = require('socket.io');

const http = createServer();
const io = new Server(http, { transports: ['websocket'] });

io.on('connection', (socket) => {
  socket.on('message', (message) => io.emit('message', message));
});

http.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => {
  console.log(`listening at http://127.0.0.1:${http.address().port}/`);
});
