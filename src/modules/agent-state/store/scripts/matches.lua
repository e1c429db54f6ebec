-- Functions of the scripts that compare the bitmaps of skills. This text is put in front of them,
-- after `skills.lua`, and is no script alone.

-- The ordinals whose bits are set, from the first to the last.
local function ordinalsIn(bits)
  local ordinals, at = {}, string.find(bits, '[^%z]')
  while at do
    local byte = string.byte(bits, at)
    for bit = 7, 0, -1 do
      if byte >= 2 ^ bit then
        byte = byte - 2 ^ bit
        ordinals[#ordinals + 1] = 8 * at - 1 - bit
      end
    end
    at = string.find(bits, '[^%z]', at + 1)
  end
  return ordinals
end

-- Whether every minimum is a whole number, so that the bitmaps alone decide.
local function areWhole(requirements)
  for _, requirement in ipairs(requirements) do
    if requirement.minimum % 1 ~= 0 then return false end
  end
  return true
end

-- The ordinals from `first` to `last` of a list, as texts, and their records, at most 500. An
-- ordinal without an agent has the record false.
local function recordsAt(roster, ordinals, first, last)
  local fields = {}
  for index = first, last do fields[#fields + 1] = string.format('%d', ordinals[index]) end
  return fields, redis.call('HMGET', roster, unpack(fields))
end

-- Counts the agents of a bitmap that meet the requirements. With `isFirstEnough`, at most one.
local function countWith(roster, bits, requirements, isFirstEnough)
  local ordinals, found = ordinalsIn(bits), 0
  for first = 1, #ordinals, 100 do
    local _, records = recordsAt(roster, ordinals, first, math.min(#ordinals, first + 99))
    for _, record in ipairs(records) do
      if sumOf(record or '', requirements, false) then
        found = found + 1
        if isFirstEnough then return found end
      end
    end
  end
  return found
end
