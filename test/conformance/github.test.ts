// GitHub is a forge as Signalbox needs one.
import { forgeConforms } from './forge-provider.ts';
import { startGitHub } from './github.ts';

forgeConforms('GitHub', startGitHub);
