import { createDynamics } from './dynamics/dynamics.js';
import { createHubSpot } from './hubspot/hubspot.js';
import { createSalesforce } from './salesforce/salesforce.js';
import { createSap } from './sap/sap.js';
import { createServiceNow } from './servicenow/servicenow.js';
import type { CreateVendor } from './vendor.js';
import { createZoho } from './zoho/zoho.js';

/** The simulated systems of vendors. Each is mounted below its name. */
export const VENDORS: readonly CreateVendor[] = [
  createSalesforce,
  createServiceNow,
  createDynamics,
  createHubSpot,
  createZoho,
  createSap,
];
