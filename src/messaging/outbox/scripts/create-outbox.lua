-- Creates the outbox of a tenant without a record, unless it exists. While a slot moves, Redis
-- refuses the scripts that store events if one of their keys is missing. A stream without records
-- exists.
--
-- KEYS[1]  outbox of the tenant
--
-- ARGV[1]  lifetime of the outbox after its last record, milliseconds
--
-- Returns 1.

if redis.call('EXISTS', KEYS[1]) == 0 then
  redis.call('XDEL', KEYS[1], redis.call('XADD', KEYS[1], '*', 'r', ''))
end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return 1
