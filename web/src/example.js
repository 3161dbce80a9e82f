/**
 * How a program takes part, with the address one is at: it can be pasted into
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
