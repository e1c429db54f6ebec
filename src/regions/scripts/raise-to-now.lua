--[[
  Sets a field to the present time, unless the field is later.

  Input:
    KEYS[1]  how far the region has heard
    ARGV[1]  how long the hash lives without heartbeats, milliseconds
    ARGV[2]  'floor': records were missed; 'lost': the store has lost data

  Output: now
]]
local time = redis.call('TIME')
local now = time[1] * 1000 + math.floor(time[2] / 1000)
local before = tonumber(redis.call('HGET', KEYS[1], ARGV[2]) or '0') or 0
if before < now then redis.call('HSET', KEYS[1], ARGV[2], now) end
redis.call('PEXPIRE', KEYS[1], ARGV[1])
return now
