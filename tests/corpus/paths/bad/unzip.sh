# PTH202@2: unzip -d at the end
unzip -q gradle-8.5-bin.zip -d /global/gradle
