import { createAwsApiGateway } from './gateways/aws-api-gateway.js';
import { createAzureApiManagement } from './gateways/azure-api-management.js';
import { createDynamics } from './dynamics/dynamics.js';
import { createFhir } from './fhir/fhir.js';
import { createFreshdesk } from './freshdesk/freshdesk.js';
import { createHubSpot } from './hubspot/hubspot.js';
import { createSalesforce } from './salesforce/salesforce.js';
import { createSap } from './sap/sap.js';
import { createServiceNow } from './servicenow/servicenow.js';
import { createShopify } from './shopify/shopify.js';
import { createSiebel } from './siebel/siebel.js';
import { createSoap } from './soap/soap.js';
import { createStripe } from './stripe/stripe.js';
import type { CreateVendor } from './vendor.js';
import { createZendesk } from './zendesk/zendesk.js';
import { createZoho } from './zoho/zoho.js';

/** The simulated systems of vendors. Each is mounted below its name. */
export const VENDORS: readonly CreateVendor[] = [
  createSalesforce,
  createServiceNow,
  createDynamics,
  createHubSpot,
  createZoho,
  createSap,
  createZendesk,
  createFreshdesk,
  createStripe,
  createSiebel,
  createShopify,
  createSoap,
  createFhir,
  createAzureApiManagement,
  createAwsApiGateway,
];
