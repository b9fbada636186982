// Answers one simulation per line of standard input with one line of standard output.
import { createInterface } from 'node:readline';
import { runSimulation } from '@cloud-copilot/iam-simulate';

for await (const line of createInterface({ input: process.stdin })) {
  let answer;
  try {
    const outcome = await runSimulation(JSON.parse(line), {});
    answer = outcome.errors
      ? { error: JSON.stringify(outcome.errors) }
      : { result: outcome.overallResult, ignored: outcome.result?.ignoredContextKeys };
  } catch (error) {
    answer = { error: String(error) };
  }
  process.stdout.write(JSON.stringify(answer) + '\n');
}
