import { describe, expect, it } from '@jest/globals';
import { parsePermissions, findWritePermissions } from '../../../../src/origins/auth/internal/write-permissions.js';

const DEFAULT = ['*:add', '*:edit', '*:delete', '*.write'];

describe('the rights of a client', () => {
  it.each<readonly [string, boolean]>([
    ['externalContacts:contact:view', false],
    ['externalContacts:contact:add', true],
    ['externalContacts:contact:EDIT', true],
    ['routing:queue:delete', true],
    ['cloud.profile.write', true],
    ['cloud.profile.read', false],
    ['addressBook:entry:view', false],
    ['externalContacts:contact:*', true],
    ['*', true],
    ['users:readonly', false],
  ])('%s: to write is %s', (right, writes) => {
    expect(findWritePermissions([right], DEFAULT)).toEqual(writes ? [right] : []);
  });

  it('are judged by other patterns where others are declared', () => {
    const granted = ['a:b:add', 'a:b:purge', 'ax:readonly'];
    expect(findWritePermissions(granted, ['*:purge'])).toEqual(['a:b:purge']);
    expect(findWritePermissions(granted, ['a.b*'])).toEqual([]);
  });

  it.each<readonly [unknown, unknown]>([
    [{ authorizedScope: ['a', 'b'] }, ['a', 'b']],
    [{ authorizedScope: [] }, []],
    [{ authorizedScope: ['a'], permissions: ['b'] }, ['a', 'b']],
    [{ OAuthClient: {} }, undefined],
    [{ authorizedScope: 'a' }, undefined],
    [undefined, undefined],
  ])('of %j are %j', (body, rights) => {
    expect(parsePermissions(body)).toEqual(rights);
  });
});
