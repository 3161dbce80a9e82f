/**
 * How a program takes part: with a plain WebSocket, or the client module.
 */

/**
 * The plain way, with the address one is at: it can be pasted into
 * the browser's console as it is. A browser test does.
 * @param {string} url a room's socket
 */
export function example(url) {
  return `const socket = new WebSocket(${JSON.stringify(url)});

socket.onmessage = (event) => {
  const { sender, message } = JSON.parse(event.data);
  console.log(sender + ': ' + message);
};

socket.onopen = () => {
  socket.send(JSON.stringify({ sender: 'Robot', message: 'Bonjour' }));
};`;
}

/**
 * The same with the client module, for a program that stays.
 * @param {string} origin of the server
 * @param {string} url where clients connect
 * @param {string} channel a room's
 */
export function clientExample(origin, url, channel) {
  return `import { Client } from ${JSON.stringify(`${origin}/client.js`)};

const client = new Client(${JSON.stringify(url)}, { data: { name: 'Robot' } });
const room = client.subscribe(${JSON.stringify(channel)});

room.on('publication', ({ data }) => console.log(data.sender + ': ' + data.message));
client.connect();

await room.publish({ id: 'robot-' + Date.now(), sender: 'Robot', message: 'Bonjour' });
console.log(await room.presence());`;
}
