// The wire of the page: a live socket for what happens, plain requests for what a person does.

const WAIT_MS = 300;
const WAIT_MAX_MS = 5000;
const TROUBLE = "The workspace does not answer. Is frontdesk try still running?";

/** Keeps a socket open as one person until `close()`; `onLost` hears of every loss, a new hello tells of its return. */
export function live(person, onFrame, onLost) {
  let socket, timer;
  let wait = WAIT_MS;
  let isOver = false;

  function open() {
    socket = new WebSocket(`ws://${location.host}/control/live?as=${encodeURIComponent(person)}`);
    socket.onmessage = ({ data }) => {
      wait = WAIT_MS;
      if (!isOver) onFrame(JSON.parse(data));
    };
    socket.onclose = () => {
      if (isOver) return;
      timer = setTimeout(open, wait);
      wait = Math.min(wait * 2, WAIT_MAX_MS);
      onLost();
    };
  }
  open();
  return {
    close() {
      isOver = true;
      clearTimeout(timer);
      socket.close();
    },
  };
}

/** Always resolves: to what was answered, or to a `problem` that is a sentence. */
export async function send(path, body) {
  const problem = { ok: false, problem: TROUBLE };
  try {
    const answer = await fetch(path, { method: "POST", headers: { "Content-Type": "application/json" }, body: JSON.stringify(body) });
    const told = await answer.json();
    return told.ok ? told : { ...problem, ...told };
  } catch {
    return problem;
  }
}

/** What stands at an address, or null when it cannot be read. */
export async function read(path) {
  try {
    const answer = await fetch(path);
    return answer.ok ? await answer.json() : null;
  } catch {
    return null;
  }
}
