-- Stores that partitions are being read again after a loss, so they are not due any more.
--
-- KEYS[1]  how far the region has heard
--
-- ARGV[1]  time of the last loss, as the process knows it. After a later loss, the partitions stay
--          due
-- ARGV[2…] the `due` field of each partition
--
-- Returns nothing.

if redis.call('HGET', KEYS[1], 'lost') == ARGV[1] then redis.call('HDEL', KEYS[1], unpack(ARGV, 2)) end
