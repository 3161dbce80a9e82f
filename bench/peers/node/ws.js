// Node with the package ws, as in the text that Palabre answers.
const WebSocket = require('ws');
const wss = new WebSocket.Server({ host: '127.0.0.1', port: Number(process.argv[2] ?? 0) });

wss.on('connection', (ws) => {
  ws.on('message', (message) => {
    const data = JSON.parse(message);
    wss.clients.forEach((client) => {
      if (client !== ws && client.readyState === WebSocket.OPEN) {
        client.send(JSON.stringify(data));
      }
    });
  });
});

wss.on('listening', () => {
  console.log(`listening at http://127.0.0.1:${wss.address().port}/`);
});
