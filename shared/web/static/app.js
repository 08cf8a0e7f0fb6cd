// What the pages do beyond plain HTML. Nothing here is needed to use them.
"use strict";
