// The workspace's own clock, which may have been moved ahead of this machine's.

import { now, state } from "./store.js";
import { $, h, keyed } from "./ui.js";

const FORM = { weekday: "short", day: "numeric", month: "short", hour: "2-digit", minute: "2-digit", timeZoneName: "short" };

export function drawClock() {
  const { ahead, zone: timeZone } = state.clock;
  if (($("clock").hidden = !timeZone)) return;
  const shown = new Date(now()).toLocaleString("en-GB", { ...FORM, timeZone });
  $("time").textContent = shown;
  // Who listens hears of a move, and not of every minute.
  keyed($("ahead"), [["", [state.clock], () => h("span", ahead && h("span.sr", shown), ahead)]]);
}
