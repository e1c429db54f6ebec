-- Takes one call of a system out of what the region may make.
--
-- KEYS[1]  the system's account in this region
-- ARGV[1]  between two calls at the full rate, microseconds; 0: no ceiling
-- ARGV[2]  how far calls may run ahead of the rate, microseconds
-- ARGV[3]  how long the caller could wait for its turn, microseconds
-- ARGV[4]  the same as ARGV[1] at the share of the rate that calls of this kind have, microseconds; 0: all of it
-- ARGV[5]  the same as ARGV[2] for that share
--
-- Returns { verdict, after, paused }
--   verdict  0 make the call, 1 the ceiling is reached, 2 the origin asked to be left alone
--   after    verdict 0: wait so many microseconds before the call
--   paused   verdict 2: for so many milliseconds more
--
-- Fields of the hash: t and s, the moments at which an even flow would have made all calls so far, and those with a share;
-- p, the end of a pause. Microseconds on this server's own clock, so that processes need not agree on theirs.

local time = redis.call('TIME')
local now = time[1] * 1000000 + time[2]
local account = redis.call('HMGET', KEYS[1], 't', 's', 'p')

-- What lies further ahead than any pause of ours was written before the clock was set back: it binds nobody.
local paused = tonumber(account[3]) or 0
if now < paused and paused < now + 61000000 then return { 2, 0, math.ceil((paused - now) / 1000) } end

local interval, depth, wait = tonumber(ARGV[1]), tonumber(ARGV[2]), tonumber(ARGV[3])
if interval == 0 then return { 0, 0, 0 } end

local function paid_until(moment, step)
  if moment == nil or moment < now or moment > now + 61000000 then moment = now end
  return moment + step
end

local share, share_depth = tonumber(ARGV[4]), tonumber(ARGV[5])
local shared = paid_until(tonumber(account[2]), share)
if share > 0 and shared - now > share_depth then return { 1, 0, 0 } end
local all = paid_until(tonumber(account[1]), interval)
local early = math.max(0, all - now - depth)
if early > wait then return { 1, 0, 0 } end
redis.call('HSET', KEYS[1], 't', string.format('%.0f', all))
if share > 0 then redis.call('HSET', KEYS[1], 's', string.format('%.0f', shared)) end
redis.call('PEXPIRE', KEYS[1], 120000)
return { 0, math.ceil(early), 0 }
