import { describe, expect, it } from '@jest/globals';
import { parsePermissions, findWritePermissions } from '../../../../src/origins/auth/internal/write-permissions.js';

const DEFAULT = ['*:add', '*:edit', '*:delete', '*.write'];

describe('findWritePermissions and parsePermissions', () => {
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
  ])('reports %s as a write permission: %s', (permission, writes) => {
    expect(findWritePermissions([permission], DEFAULT)).toEqual(writes ? [permission] : []);
  });

  it('finds write permissions with the declared patterns', () => {
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
  ])('reads the permissions of %j as %j', (body, permissions) => {
    expect(parsePermissions(body)).toEqual(permissions);
  });
});
