--[[
  Deletes an entry with its version and its lease, so that a running load cannot be stored, and publishes an event.

  Input:
    KEYS[1]  entry key

    ARGV[1]  channel of the event
    ARGV[2]  message of the event

  Output:
    1  the entry held a value
    0  it held none
]]
local held = redis.call('HEXISTS', KEYS[1], 'v')
redis.call('DEL', KEYS[1])
redis.call('PUBLISH', ARGV[1], ARGV[2])
return held
