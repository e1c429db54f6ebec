--[[
  Notes that the reading of partitions is set back after a loss.

  Input:
    KEYS[1]  how far the region has heard
    ARGV[1]  the last noted loss; after a later one, the partitions stay due
    ARGV[2…] the `due` field of each partition
]]
if redis.call('HGET', KEYS[1], 'lost') == ARGV[1] then redis.call('HDEL', KEYS[1], unpack(ARGV, 2)) end
