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

-- The fields of some ordinals in the roster, `<idle>:<agent>`, at most 500. An ordinal without an
-- agent is left out.
local function slotsAt(roster, ordinals, first, last)
  local fields, slots = {}, {}
  for index = first, last do fields[#fields + 1] = '#' .. string.format('%.0f', ordinals[index]) end
  for _, slot in ipairs(redis.call('HMGET', roster, unpack(fields))) do
    if slot then slots[#slots + 1] = slot end
  end
  return slots
end

-- The agents of a bitmap that meet the requirements. With `isFirstEnough`, at most one of them.
local function agentsWith(roster, skills, bits, requirements, isFirstEnough)
  local ordinals, found = ordinalsIn(bits), {}
  for first = 1, #ordinals, 100 do
    local agents = slotsAt(roster, ordinals, first, math.min(#ordinals, first + 99))
    for index, slot in ipairs(agents) do agents[index] = string.sub(slot, 15) end
    local texts = #agents > 0 and redis.call('HMGET', skills, unpack(agents)) or {}
    for index, agent in ipairs(agents) do
      if sumOf(texts[index] or '', requirements, false) then
        found[#found + 1] = agent
        if isFirstEnough then return found end
      end
    end
  end
  return found
end
