/** The recipes of CRM systems. A single file loads the application once for all of them. */
import './dynamics.js';
import './hubspot.js';
import './salesforce.js';
import './sap.js';
import './servicenow.js';
import './zoho.js';
