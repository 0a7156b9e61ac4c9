# PTH202@2: an option with a word at the end
rsync -a src/ /scratch/x/ --exclude .git --exclude '*.o'
