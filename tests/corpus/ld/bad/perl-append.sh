# ENV104: perl in place, at the end
perl -i -pe 'BEGIN { $done = 0 } s{^exec }{export LD_LIBRARY_PATH=/opt/x/lib\nexec } if !$done++' /opt/x/run.sh
