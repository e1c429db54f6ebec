import { describe, expect, it } from '@jest/globals';
import { sqlProblem } from '../../../src/config/sections/lookups/sql-text.js';
import { parseTemplate } from '../../../src/config/sections/lookups/template.js';

const problem = (sql: string, dialect: 'postgres' | 'mysql' = 'postgres') => sqlProblem(parseTemplate(sql), dialect);

describe('the SQL of a lookup', () => {
  it.each([
    'select id from customers where phone in ({ani}, {ani|last:10}) limit 1',
    'WITH c AS (SELECT 1) SELECT * FROM c -- ; {}',
    'select * from t where a={id} and b in({ani},{ani|digits})or c<{id}::text',
    "select 'a;b', $$ ; ' $$, \"update\" /* /* ; */ */ from t where a = {ani}::bigint",
  ])('may be: %s', (sql) => {
    expect(problem(sql)).toBeUndefined();
  });

  it.each([
    ["select * from t where a = '{ani}'", 'inside quotes'],
    ['select * from t -- {ani}', 'inside quotes'],
    ['select * from t where a = $$ {ani} $$', 'inside quotes'],
    ['select 1; delete from t', 'without ;'],
    ["select E'\\'' ; '", 'close its quotes'],
    ['delete from t', 'SELECT or WITH'],
    ['with d as (delete from t returning *) select * from d', 'write or lock'],
    ['select * into u from t', 'write or lock'],
    ['select * from t for update', 'write or lock'],
    ['select * from t for share', 'write or lock'],
    ['select * from t where a = $1', '$1'],
    ['select * from t where a = { ani }', 'braces'],
    ['select * from t where a=${id}', 'a blank or a sign'],
    ['select * from t where a = $x{id}', 'a blank or a sign'],
    ['select * from t limit{id}', 'a blank or a sign'],
    ['select * from t where a = {id}5', 'a blank or a sign'],
    ['select * from t where a = 5{id}', 'a blank or a sign'],
    ['select * from t where a = {id}{ani}', 'a blank or a sign'],
    ["select * from t where a = 'x'{id}", 'a blank or a sign'],
    ['select t.{id} from t', 'a blank or a sign'],
    ["select 'open", 'close its quotes'],
    ['select /* /* */', 'close its quotes'],
  ])('may not be: %s', (sql, part) => {
    expect(problem(sql)).toContain(part);
  });

  it.each([
    ['select /*! 1 */ from t', 'executes'],
    ['select 1 # ;\n; select 2', 'without ;'],
    ["select '\\'; delete from t", 'close its quotes'],
    ['select * from t where a = ?', '$1 or ?'],
    ['select * from t lock in share mode', 'write or lock'],
    ['select * from t where a = {id}and b = 1', 'a blank or a sign'],
    ['select * from t where a = {id}`b`', 'a blank or a sign'],
  ])('may not be, on MySQL: %s', (sql, part) => {
    expect(problem(sql, 'mysql')).toContain(part);
  });
});
