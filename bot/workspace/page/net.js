// The wire of the page: a live socket for what happens, plain requests for what a person does.

const WAIT_MS = 300;
const WAIT_MAX_MS = 5000;
const TROUBLE = "The workspace does not answer. Is frontdesk try still running?";

/** Keeps a socket open as one person until the returned function is called. `onLost` hears of every loss, a hello tells of its return. */
export function live(person, onFrame, onLost) {
  let socket, timer;
  let wait = WAIT_MS;

  function open() {
    socket = new WebSocket(`ws://${location.host}/control/live?as=${encodeURIComponent(person)}`);
    socket.onmessage = ({ data }) => {
      wait = WAIT_MS;
      onFrame(JSON.parse(data));
    };
    socket.onclose = () => {
      timer = setTimeout(open, wait);
      wait = Math.min(wait * 2, WAIT_MAX_MS);
      onLost();
    };
  }
  open();
  return () => {
    clearTimeout(timer);
    socket.onmessage = socket.onclose = null;
    socket.close();
  };
}

/** Reads an address, or posts a body to it. Always resolves: to the answer, or to a `problem` that is a sentence. */
export async function ask(path, body) {
  try {
    const answer = await fetch(path, body && { method: "POST", body: JSON.stringify(body) });
    return await answer.json();
  } catch {
    return { ok: false, problem: TROUBLE };
  }
}
