# PTH202@2: npm config set prefix
npm config set prefix /home/npm && npm i -g yarn
