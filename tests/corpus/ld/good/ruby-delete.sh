# ruby delete
ruby -e 'ENV.delete("LD_LIBRARY_PATH"); abort("LD_LIBRARY_PATH=x") if ENV["LD_LIBRARY_PATH"]; exec "./x"'
