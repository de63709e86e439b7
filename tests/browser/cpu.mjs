// What processes cost, read from /proc.
import { execFileSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';

const TICKS = Number(execFileSync('getconf', ['CLK_TCK'], { encoding: 'utf8' }));

/** A process's parent and the seconds of CPU it has used; undefined when it is gone. */
function stat(pid) {
  try {
    const fields = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ').pop().split(' ');
    return { parent: Number(fields[1]), seconds: (Number(fields[11]) + Number(fields[12])) / TICKS };
  } catch {
    return undefined;
  }
}

/** Seconds of CPU that a process has used. */
export const cpu = (pid) => stat(pid).seconds;

/** Seconds of CPU that the running children of this process have used, and theirs, without `other` and its own. */
export function children(other) {
  const all = new Map(readdirSync('/proc').filter((name) => /^\d+$/.test(name)).map((pid) => [Number(pid), stat(pid)]));
  const below = (pid) => {
    for (let at = pid; at !== undefined && at !== other; at = all.get(at)?.parent) if (at === process.pid) return pid !== process.pid;
    return false;
  };
  return [...all].filter(([pid, known]) => known && below(pid)).reduce((sum, [, known]) => sum + known.seconds, 0);
}
