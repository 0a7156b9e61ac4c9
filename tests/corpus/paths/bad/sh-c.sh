# PTH202@2: in sh -c after a cd of its own
sh -c "cd /home/x && git clone https://example.org/r.git"
