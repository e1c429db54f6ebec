-- Stores a loaded value. `storing.lua` is put in front of this text.
--
-- KEYS[1]  entry key
--
-- ARGV[1…] the arguments of `storing.lua`
--
-- Returns the result of `storing.lua`.

return store_entry(KEYS[1], ARGV)
