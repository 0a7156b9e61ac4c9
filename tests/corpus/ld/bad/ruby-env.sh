# ENV102: ruby
ruby -e 'ENV["LD_LIBRARY_PATH"] = "/opt/x/lib"; exec "x"'
