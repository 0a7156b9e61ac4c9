# python writes documentation
python3 -c "open('notes.md', 'w').write('export LD_LIBRARY_PATH=/x')"
