// One file per icon: the package's index would load six thousand of them into every build.
import Activity from '@tabler/icons-react/dist/esm/icons/IconActivity.mjs';
import Alert from '@tabler/icons-react/dist/esm/icons/IconAlertTriangle.mjs';
import Ban from '@tabler/icons-react/dist/esm/icons/IconBan.mjs';
import Check from '@tabler/icons-react/dist/esm/icons/IconCheck.mjs';
import ChevronRight from '@tabler/icons-react/dist/esm/icons/IconChevronRight.mjs';
import Circle from '@tabler/icons-react/dist/esm/icons/IconCircleDashed.mjs';
import CircleCheck from '@tabler/icons-react/dist/esm/icons/IconCircleCheck.mjs';
import CircleX from '@tabler/icons-react/dist/esm/icons/IconCircleX.mjs';
import Clock from '@tabler/icons-react/dist/esm/icons/IconClock.mjs';
import Code from '@tabler/icons-react/dist/esm/icons/IconCode.mjs';
import Copy from '@tabler/icons-react/dist/esm/icons/IconCopy.mjs';
import Dots from '@tabler/icons-react/dist/esm/icons/IconDots.mjs';
import Download from '@tabler/icons-react/dist/esm/icons/IconDownload.mjs';
import Home from '@tabler/icons-react/dist/esm/icons/IconHome.mjs';
import Inbox from '@tabler/icons-react/dist/esm/icons/IconInbox.mjs';
import Key from '@tabler/icons-react/dist/esm/icons/IconKey.mjs';
import Language from '@tabler/icons-react/dist/esm/icons/IconLanguage.mjs';
import List from '@tabler/icons-react/dist/esm/icons/IconList.mjs';
import Logout from '@tabler/icons-react/dist/esm/icons/IconLogout.mjs';
import Mail from '@tabler/icons-react/dist/esm/icons/IconMail.mjs';
import Moon from '@tabler/icons-react/dist/esm/icons/IconMoon.mjs';
import Pause from '@tabler/icons-react/dist/esm/icons/IconPlayerPause.mjs';
import Play from '@tabler/icons-react/dist/esm/icons/IconPlayerPlay.mjs';
import Plus from '@tabler/icons-react/dist/esm/icons/IconPlus.mjs';
import Refresh from '@tabler/icons-react/dist/esm/icons/IconRefresh.mjs';
import Search from '@tabler/icons-react/dist/esm/icons/IconSearch.mjs';
import Send from '@tabler/icons-react/dist/esm/icons/IconSend.mjs';
import Server from '@tabler/icons-react/dist/esm/icons/IconServer.mjs';
import Settings from '@tabler/icons-react/dist/esm/icons/IconSettings.mjs';
import Shield from '@tabler/icons-react/dist/esm/icons/IconShieldCheck.mjs';
import Stack from '@tabler/icons-react/dist/esm/icons/IconStack2.mjs';
import Sun from '@tabler/icons-react/dist/esm/icons/IconSun.mjs';
import Template from '@tabler/icons-react/dist/esm/icons/IconTemplate.mjs';
import Trash from '@tabler/icons-react/dist/esm/icons/IconTrash.mjs';
import Upload from '@tabler/icons-react/dist/esm/icons/IconUpload.mjs';
import Users from '@tabler/icons-react/dist/esm/icons/IconUsers.mjs';
import Webhook from '@tabler/icons-react/dist/esm/icons/IconWebhook.mjs';
import World from '@tabler/icons-react/dist/esm/icons/IconWorld.mjs';

export const icons = {
  activity: Activity,
  alert: Alert,
  ban: Ban,
  check: Check,
  chevron: ChevronRight,
  circle: Circle,
  circleCheck: CircleCheck,
  circleX: CircleX,
  clock: Clock,
  code: Code,
  copy: Copy,
  dots: Dots,
  download: Download,
  home: Home,
  inbox: Inbox,
  key: Key,
  language: Language,
  list: List,
  logout: Logout,
  mail: Mail,
  moon: Moon,
  pause: Pause,
  play: Play,
  plus: Plus,
  refresh: Refresh,
  search: Search,
  send: Send,
  server: Server,
  settings: Settings,
  shield: Shield,
  stack: Stack,
  sun: Sun,
  template: Template,
  trash: Trash,
  upload: Upload,
  users: Users,
  webhook: Webhook,
  world: World,
};
export type IconName = keyof typeof icons;

/** Decoration beside words; `flips` for arrows and chevrons, which point the other way in right-to-left text. */
export function Icon({ name, size = 18, flips = false }: { readonly name: IconName; readonly size?: number; readonly flips?: boolean }) {
  const Shape = icons[name];
  return <Shape size={size} stroke={1.7} aria-hidden="true" {...(flips && { className: 'flips' })} />;
}
