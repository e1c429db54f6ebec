-- Adds an entry to its customer's index, and stores its loaded value if the index takes the entry.
-- Not for clusters: the two keys are in different slots. `indexing.lua` and `storing.lua` are put
-- in front of this text.
--
-- KEYS[1]  index of the customer
-- KEYS[2]  entry key
--
-- ARGV[1…] the seven arguments of `indexing.lua`
-- ARGV[8…] the arguments of `storing.lua`
--
-- Returns the list of `indexing.lua`. If the index took the entry, the result of `storing.lua`
-- follows in the list.

local indexed = index_entry(KEYS[1], ARGV)
if indexed[1] == 1 then indexed[2] = store_entry(KEYS[2], { unpack(ARGV, 8) }) end
return indexed
