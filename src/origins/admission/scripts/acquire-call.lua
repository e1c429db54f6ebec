-- Takes one call out of what the region may make.
--
-- KEYS[1]  the account in this region: of a system, or of a client that several systems share
-- ARGV[1]  how long the caller could wait for its turn, microseconds
-- ARGV[2…] meters that all have to admit the call, four arguments each:
--            name      a field of the hash
--            interval  between two calls of an even flow, microseconds
--            depth     how far calls may run ahead of that flow, microseconds
--            spent     how far they have at least, by calls that were not counted here, microseconds
--
-- Returns { verdict, after, paused }
--   verdict  0 make the call, 1 a ceiling is reached, 2 the origin asked to be left alone
--   after    verdict 0: wait so many microseconds before the call
--   paused   verdict 2: for so many milliseconds more
--
-- Fields of the hash: p, the end of a pause; and of each meter the moment at which its even flow would have made all calls so far.
-- Microseconds on this server's own clock, so that processes need not agree on theirs.

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]

-- What lies further ahead than anything of ours was written before the clock was set back: it binds nobody.
local function moment(field, farthest)
  local written = tonumber(redis.call('HGET', KEYS[1], field))
  if written == nil or written < now or written > now + farthest then return now end
  return written
end

local paused = moment('p', 61000000)
if paused > now then return { 2, 0, math.ceil((paused - now) / 1000) } end

local wait, after, fields = tonumber(ARGV[1]), 0, {}
for at = 2, #ARGV, 4 do
  local interval, depth, spent = tonumber(ARGV[at + 1]), tonumber(ARGV[at + 2]), tonumber(ARGV[at + 3])
  local paid = moment(ARGV[at], 121000000)
  if paid < now + spent then
    -- Also where this call is not made: others must not take what was spent.
    paid = now + spent
    redis.call('HSET', KEYS[1], ARGV[at], string.format('%.0f', paid))
    redis.call('PEXPIRE', KEYS[1], 120000)
  end
  paid = paid + interval
  after = math.max(after, paid - now - depth)
  fields[#fields + 1] = ARGV[at]
  fields[#fields + 1] = string.format('%.0f', paid)
end
if after > wait then return { 1, 0, 0 } end

if #fields > 0 then
  redis.call('HSET', KEYS[1], unpack(fields))
  redis.call('PEXPIRE', KEYS[1], 120000)
end
return { 0, math.ceil(after), 0 }
