/** Writes the dashboard into the chart: `npm run dashboard`. */
import { writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { dashboardText } from './dashboard.ts';

writeFileSync(join(import.meta.dirname, '../chart/files/dashboard.json'), dashboardText());
