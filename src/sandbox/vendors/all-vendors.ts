import { createSalesforce } from './salesforce/salesforce.js';
import type { CreateVendor } from './vendor.js';

/** The simulated systems of vendors. Each is mounted below its name. */
export const VENDORS: readonly CreateVendor[] = [createSalesforce];
