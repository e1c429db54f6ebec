-- Adds an entry to its customer's index, unless the customer was invalidated since the load of its
-- value began. `indexing.lua` is put in front of this text.
--
-- KEYS[1]  index of the customer
--
-- ARGV[1…] the arguments of `indexing.lua`
--
-- Returns the list of `indexing.lua`.

return index_entry(KEYS[1], ARGV)
