# ENV103: env split string
env -S 'LD_LIBRARY_PATH=/opt/x/lib ./x --check'
