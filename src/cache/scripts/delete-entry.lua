-- Deletes an entry with its version and its lease, so that a running load cannot be stored. Then
-- publishes an event.
--
-- KEYS[1]  entry key
--
-- ARGV[1]  channel of the event
-- ARGV[2]  message of the event, up to the version of the deleted entry
-- ARGV[3]  rest of the message
--
-- Returns { 1 when the entry held a value, else 0; version, or '' }.

local held = redis.call('HEXISTS', KEYS[1], 'v')
local version = redis.call('HGET', KEYS[1], 'g') or ''
-- A version that Datadip has not written could end the text of the message.
if not string.find(version, '^[%w_-]+$') then version = '' end
redis.call('DEL', KEYS[1])
redis.call('PUBLISH', ARGV[1], ARGV[2] .. version .. ARGV[3])
return { held, version }
