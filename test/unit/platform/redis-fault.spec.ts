import { describe, expect, it } from '@jest/globals';
import { faultOf, needsOperator, refusesWrites, servesNothing } from '../../../src/platform/redis/redis-fault.js';

const reply = (message: string): Error => Object.assign(new Error(message), { name: 'ReplyError' });
const socket = (code: string): Error => Object.assign(new Error('connect'), { code });

describe('faultOf', () => {
  it.each([
    ['LOADING Redis is loading the dataset in memory', 'LOADING'],
    ['CLUSTERDOWN The cluster is down', 'CLUSTERDOWN'],
    ['NOAUTH Authentication required.', 'NOAUTH'],
    ['WRONGPASS invalid username-password pair or user is disabled.', 'WRONGPASS'],
    ['ERR invalid password', 'WRONGPASS'],
    ['ERR DB index is out of range', 'DB_INDEX'],
    ['ERR SELECT is not allowed in cluster mode', 'DB_INDEX'],
    ['ERR max number of clients reached', 'MAXCLIENTS'],
    ['ERR This instance has cluster support disabled', 'NOT_A_CLUSTER'],
    ["OOM command not allowed when used memory > 'maxmemory'. script: 8f, on @user_script:1.", 'OOM'],
    ['ERR Error running script (call to f_8f): @user_script:1: -OOM command not allowed', 'OOM'],
    ["ERR Error running script (call to f_8f): @user_script:1: -READONLY You can't write", 'READONLY'],
    ['NOPERM this user has no permissions to access one of the keys', 'NOPERM'],
    ["ERR The user executing the script can't run this command or subcommand script: 8f", 'NOPERM'],
  ])('names the cause that a reply shows: %s', (text, code) => {
    expect(faultOf(reply(text))).toMatchObject({ code });
  });

  it.each(['WRONGTYPE Operation against a key', 'ERR syntax error', 'NOSCRIPT No matching script.', 'BUSYKEY exists'])(
    'finds no cause in a reply about the command: %s',
    (text) => {
      expect(faultOf(reply(text))).toBeUndefined();
    },
  );

  it.each([
    [socket('ECONNREFUSED'), 'ECONNREFUSED', 'connection refused'],
    [socket('EAI_AGAIN'), 'EAI_AGAIN', 'host name not resolved: DNS does not answer'],
    [socket('CERT_HAS_EXPIRED'), 'CERT_HAS_EXPIRED', 'TLS certificate has expired'],
    [socket('ERR_SSL_WRONG_VERSION_NUMBER'), 'ERR_SSL_WRONG_VERSION_NUMBER', 'TLS handshake failed'],
    [socket('a secret text'), 'ECONNRESET', 'connection lost'],
    [new Error('Connection is closed.'), 'ECONNRESET', 'connection lost'],
    [
      Object.assign(new Error('all failed'), { lastNodeError: socket('ENOTFOUND') }),
      'ENOTFOUND',
      'host name not found in DNS',
    ],
    ['a text', 'ECONNRESET', 'connection lost'],
  ])('names the cause that an error of the connection shows: %s', (error, code, reason) => {
    expect(faultOf(error)).toEqual({ code, reason });
  });

  it('tells refused writes, servers that serve nothing, and causes for an operator apart', () => {
    const kinds = (text: string): boolean[] => {
      const fault = faultOf(reply(`${text} text`));
      return fault === undefined ? [] : [refusesWrites(fault), servesNothing(fault), needsOperator(fault)];
    };
    expect(kinds('MISCONF')).toEqual([true, false, false]);
    expect(kinds('LOADING')).toEqual([false, true, false]);
    expect(kinds('WRONGPASS')).toEqual([false, true, true]);
    expect(kinds('NOPERM')).toEqual([false, false, true]);
  });
});
