/** The recipes of other services. A single file loads the application once for all of them. */
import './zendesk.js';
import './freshdesk.js';
import './stripe.js';
import './siebel.js';
import './shopify.js';
import './soap.js';
import './fhir.js';
import './gateways.js';
import './on-premises.js';
