-- Counts one call against the limits of the region, if all of them admit it.
--
-- KEYS[1]  account in this region: of a system, or of a client that several systems share
--
-- ARGV[1]  how long the call can wait, microseconds
-- ARGV[2…] meters that must all admit the call, four arguments for each:
--          - name: field of the hash
--          - interval: time between two calls of an even flow, microseconds
--          - tolerance: how far calls may run ahead of that flow, microseconds
--          - uncounted: the least lead over that flow to assume, microseconds. Calls that were made
--            while Redis was away are not counted here
--
-- Returns { decision, after, paused }.
--
-- - decision: 0 the call may be made; 1 a limit is reached; 2 the origin asked for a pause.
-- - after: for decision 0, the delay before the call, microseconds.
-- - paused: for decision 2, the remaining pause, milliseconds.
--
-- The hash has the field p, the end of a pause, and one field per meter. The field of a meter holds
-- its theoretical arrival time (GCRA): the moment at which an even flow would have made all counted
-- calls. All moments are microseconds on this server's clock. The processes' clocks do not matter.

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]

-- A moment further ahead than any valid moment was written before the clock was set back, and is
-- ignored.
local function read_moment(field, max_ahead)
  local stored = tonumber(redis.call('HGET', KEYS[1], field))
  if stored == nil or stored < now or stored > now + max_ahead then return now end
  return stored
end

local paused_until = read_moment('p', 61000000)
if paused_until > now then return { 2, 0, math.ceil((paused_until - now) / 1000) } end

local max_wait, after, fields = tonumber(ARGV[1]), 0, {}
for at = 2, #ARGV, 4 do
  local interval, tolerance, uncounted = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
  local arrival = read_moment(ARGV[at], 121000000)
  if arrival < now + uncounted then
    -- Stored even if this call is refused: the uncounted calls were made, and other calls must not
    -- use their place.
    arrival = now + uncounted
    redis.call('HSET', KEYS[1], ARGV[at], string.format('%.0f', arrival))
    redis.call('PEXPIRE', KEYS[1], 120000)
  end
  arrival = arrival + interval
  after = math.max(after, arrival - now - tolerance)
  fields[#fields + 1] = ARGV[at]
  fields[#fields + 1] = string.format('%.0f', arrival)
end
if after > max_wait then return { 1, 0, 0 } end

if #fields > 0 then
  redis.call('HSET', KEYS[1], unpack(fields))
  redis.call('PEXPIRE', KEYS[1], 120000)
end
return { 0, math.ceil(after), 0 }
