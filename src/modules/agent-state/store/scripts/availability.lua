-- Counts the members of a queue by what they do.
--
-- KEYS[1]  members of the queue
-- KEYS[2]  members of the queue: bitmap
-- KEYS[3]  roster
-- KEYS[4]  free: bitmap
-- KEYS[5]  offline: bitmap
-- KEYS[6]  stale: bitmap
-- KEYS[7]  leases
-- KEYS[8]  scratch
-- KEYS[9…] bitmap of each required skill at its minimum, rounded down
--
-- ARGV[1]  most locks that are searched for the first one of a member
-- ARGV[2]  number of requirements; then `;<skill>=` and a minimum each
--
-- Returns { available, busy, offline, stale, available with the skills, remaining ms of the first
-- lock that ends }. The remaining time is -1 when none of the searched locks is of a member.
-- Returns nil when the index lacks members of the queue.

local members, memberBits, roster, leases, scratch = KEYS[1], KEYS[2], KEYS[3], KEYS[7], KEYS[8]
local most, page = tonumber(ARGV[1]), 64
local requirements = readRequirements(2)
-- A minimum with decimals needs the skills themselves. Beyond this many free members, the minimum
-- counts as rounded down.
local MOST_READ = 2000
local total = redis.call('ZCARD', members)
if total ~= redis.call('BITCOUNT', memberBits) then return false end

local remainingMs = -1
for first = 0, most - 1, page do
  local locked = redis.call('ZRANGE', leases, first, first + page - 1, 'WITHSCORES')
  if #locked == 0 then break end
  local agents = {}
  for index = 1, #locked, 2 do agents[#agents + 1] = locked[index] end
  for index, score in ipairs(redis.call('ZMSCORE', members, unpack(agents))) do
    if remainingMs < 0 and score then
      remainingMs = math.max(0, tonumber(locked[2 * index]) - now)
    end
  end
  if remainingMs >= 0 or #agents < page then break end
end

local function count(...)
  redis.call('BITOP', 'AND', scratch, memberBits, ...)
  return redis.call('BITCOUNT', scratch)
end
local offline, stale, available = count(KEYS[5]), count(KEYS[6]), count(KEYS[4])
local withSkills = #requirements > 0 and count(KEYS[4], unpack(KEYS, 9)) or available
if withSkills > 0 and withSkills <= MOST_READ and not areWhole(requirements) then
  withSkills = countWith(roster, redis.call('GET', scratch), requirements)
end
return { available, total - available - offline - stale, offline, stale, withSkills, remainingMs }
