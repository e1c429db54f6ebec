import { GenesysAgentDirectory } from '../../src/vendors/genesys/genesys-agent-directory.js';
import { raw } from '../support/http.js';
import { agentDirectoryContract } from './agent-directory.contract.js';

agentDirectoryContract({
  platform: 'genesys',
  basePath: '',
  agentId: (n) => `a0000000-0000-4000-8000-${String(n).padStart(12, '0')}`,
  logIn: async (url) => {
    const authorization = `Basic ${Buffer.from('sandbox-client:sandbox-secret').toString('base64')}`;
    const headers = { authorization, 'content-type': 'application/x-www-form-urlencoded' };
    return (await raw('POST', `${url}/oauth/token`, 'grant_type=client_credentials', headers)).json?.access_token;
  },
  open: (api, clock) => new GenesysAgentDirectory(api, clock),
});
