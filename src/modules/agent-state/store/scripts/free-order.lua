-- Functions that find the first free agents of a queue among those that the bitmaps name. This text
-- is put in front of `claim-by-skill.lua`, and is no script alone.
--
-- The free agents of a queue are in order: the lowest priority score first, then the longest idle.
-- Thousands of them may lack a skill and stand in front, so the script does not walk over them. If
-- all free agents of the queue have the same priority score, the idle time alone decides. Each
-- bitmap of the order then halves the matches.

-- If at most this many matches remain beyond the wanted ones, listing them is cheaper than another
-- intersection.
local LISTED_BEYOND = 32

-- Returns the priority score that all free agents of the queue have, and the longest and the
-- shortest idle time in the order's unit. Returns nil if they have several scores.
local function commonScore(free)
  local first, score = unpack(redis.call('ZRANGE', free, 0, 0, 'WITHSCORES'))
  local last, lastScore = unpack(redis.call('ZRANGE', free, -1, -1, 'WITHSCORES'))
  if not first or score ~= lastScore then return nil end
  local function digits(position) return math.floor(unpackTime(position) / 2 ^ FIRST_DIGIT) end
  return score, digits(first), digits(last)
end

-- The number of the order's lowest digits in which the two times differ.
local function differingDigits(left, right)
  local count = 0
  while left ~= right do
    left, right, count = math.floor(left / 2), math.floor(right / 2), count + 1
  end
  return count
end

-- Returns the ordinals of at least the `wanted` matches that are idle for the longest time, in any
-- order. `matches` has `count` bits. Both bitmaps are overwritten. `order` is the index of the key
-- of the highest digit. `digits` is the number of lowest digits in which idle times differ.
local function longestIdle(matches, spare, count, wanted, order, digits)
  local found, rest, other = {}, matches, spare
  local function take(key)
    for _, ordinal in ipairs(ordinalsIn(redis.call('GET', key))) do found[#found + 1] = ordinal end
  end
  for at = order + ORDER_KEYS - digits, order + ORDER_KEYS - 1 do
    if count <= wanted - #found + LISTED_BEYOND then break end
    redis.call('BITOP', 'AND', other, rest, KEYS[at])
    local longer = redis.call('BITCOUNT', other)
    if longer > 0 and longer < count then
      if longer >= wanted - #found then
        rest, other, count = other, rest, longer
      else
        take(other)
        redis.call('BITOP', 'XOR', rest, rest, other)
        count = count - longer
      end
    end
  end
  take(rest)
  return found
end

-- Returns the `most` first positions of a list, in order.
local function firstOf(positions, most)
  if #positions <= most then
    table.sort(positions)
    return positions
  end
  local first = {}
  for index = 1, most do first[index] = positions[index] end
  table.sort(first)
  local last = first[most]
  for index = most + 1, #positions do
    local position = positions[index]
    if position < last then
      local at = most
      while at > 1 and first[at - 1] > position do
        first[at] = first[at - 1]
        at = at - 1
      end
      first[at] = position
      last = first[most]
    end
  end
  return first
end
