import { renameSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { Simulator } from '#net/provider-simulator';
import { runRole } from '#platform/nest';

await runRole({
  name: 'simulator',
  poolSize: 1,
  async start({ config, logger }) {
    const simulator = await Simulator.start({
      seed: 'chapar',
      basePort: config.simulatorPort,
      mx: { host: config.bind, port: config.mxPort },
      publicUrl: config.publicUrl,
      timeScale: config.simulatorTimeScale,
      logFile: config.simulatorLog,
      logger,
    });
    // For whoever watches from another process: the demo's progress bar, a curious admin.
    const file = path.join(config.dataDir, 'simulator-stats.json');
    const timer = setInterval(() => {
      writeFileSync(`${file}.new`, JSON.stringify(simulator.stats()));
      renameSync(`${file}.new`, file);
    }, 500);
    return {
      summary: `mailbox providers on ports ${config.simulatorPort}–${config.simulatorPort + 7}, time runs ${config.simulatorTimeScale} times faster`,
      async close() {
        clearInterval(timer);
        await simulator.close();
      },
    };
  },
});
