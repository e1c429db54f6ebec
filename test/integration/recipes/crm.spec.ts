/**
 * The recipes of CRM systems, and the switches of their stand-ins. A single file loads the
 * application once for all of them.
 */
import './dynamics.js';
import './hubspot.js';
import './salesforce.js';
import './sap.js';
import './servicenow.js';
import './switches.js';
import './zoho.js';
