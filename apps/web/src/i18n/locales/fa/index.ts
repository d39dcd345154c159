import * as audience from './audience';
import * as campaigns from './campaigns';
import * as delivery from './delivery';
import * as developers from './developers';
import * as mail from './mail';
import * as shell from './shell';
import * as templates from './templates';

export default { ...shell, ...campaigns, ...templates, ...audience, ...delivery, ...developers, ...mail };
