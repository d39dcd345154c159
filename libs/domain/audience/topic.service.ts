import type { DataSource } from 'typeorm';
import * as z from 'zod';
import { type ActorContext, uuidv7 } from '#base/kernel';
import { audienceError } from './audience.errors.js';
import { TopicEntity, type TopicNames } from './topic.entity.js';

const line = (max: number) =>
  z
    .string()
    .trim()
    .max(max)
    .regex(/^[^\p{Cc}\u2028\u2029]*$/u, 'may not contain line breaks or control characters');
const name = line(100).min(1);
const language = z.string().regex(/^[a-z]{2,3}(-[A-Za-z0-9]{2,8})*$/, 'is not a language tag such as fa');

const fields = {
  name,
  description: line(500),
  names: z.record(language, z.strictObject({ name, description: line(500).optional() })),
};
export const newTopicSchema = z.strictObject({
  ...fields,
  description: fields.description.default(''),
  names: fields.names.default({}),
  isOptIn: z.boolean().default(false),
});
/** Who never chose keeps what `isOptIn` said when they were told: it does not change. */
export const topicChangeSchema = z.strictObject(fields).partial();
export type NewTopic = z.input<typeof newTopicSchema>;
export type TopicChange = z.input<typeof topicChangeSchema>;

export interface Topic {
  readonly id: string;
  readonly name: string;
  readonly description: string;
  readonly names: TopicNames;
  /** Who never chose gets it only if this is false. */
  readonly isOptIn: boolean;
  readonly createdAt: Date;
}

const MAX_TOPICS = 100;

/** What a workspace writes about, for people to choose from. */
export class TopicService {
  constructor(private readonly dataSource: DataSource) {}

  /** @throws ChaparError `topic_invalid`, `topic_exists`, `topic_limit` */
  async create(context: ActorContext, input: NewTopic): Promise<Topic> {
    const values = parse(newTopicSchema, input);
    if ((await this.topics.countBy({ workspaceId: context.workspaceId })) >= MAX_TOPICS)
      throw audienceError('topic_limit', `This workspace has ${MAX_TOPICS} topics already; more than a few are too many to choose from.`);
    const id = uuidv7();
    await guardName(values.name, () =>
      this.topics.insert({ ...values, id, workspaceId: context.workspaceId, nameKey: keyOf(values.name) }),
    );
    return this.get(context, id);
  }

  /** By name. */
  async list(context: ActorContext): Promise<Topic[]> {
    const rows = await this.topics.find({ where: { workspaceId: context.workspaceId }, order: { nameKey: 'ASC' } });
    return rows.map(view);
  }

  /** @throws ChaparError `topic_not_found`, also for one of another workspace */
  async get(context: ActorContext, id: string): Promise<Topic> {
    const row = z.uuid().safeParse(id).success ? await this.topics.findOneBy({ id, workspaceId: context.workspaceId }) : null;
    if (row === null) throw audienceError('topic_not_found', 'This workspace has no such topic.');
    return view(row);
  }

  /** @throws ChaparError `topic_not_found`, `topic_invalid`, `topic_exists` */
  async change(context: ActorContext, id: string, input: TopicChange): Promise<Topic> {
    const { name: newName, ...rest } = parse(topicChangeSchema, input);
    await this.get(context, id);
    const naming = newName === undefined ? {} : { name: newName, nameKey: keyOf(newName) };
    await guardName(newName ?? '', () =>
      this.topics.update({ id, workspaceId: context.workspaceId }, { ...rest, ...naming, updatedAt: () => 'now()' }),
    );
    return this.get(context, id);
  }

  /** With what people chose about it. @throws ChaparError `topic_not_found` */
  async delete(context: ActorContext, id: string): Promise<void> {
    await this.get(context, id);
    await this.topics.delete({ id, workspaceId: context.workspaceId });
  }

  private get topics() {
    return this.dataSource.getRepository(TopicEntity);
  }
}

async function guardName(topicName: string, write: () => Promise<unknown>): Promise<void> {
  try {
    await write();
  } catch (error) {
    if ((error as { code?: string }).code !== '23505') throw error;
    throw audienceError('topic_exists', `There is a topic named "${topicName}" already.`, { cause: error });
  }
}

const keyOf = (topicName: string): string => topicName.normalize('NFC').toLowerCase();

function view({ id, name: topicName, description, names, isOptIn, createdAt }: TopicEntity): Topic {
  return { id, name: topicName, description, names, isOptIn, createdAt };
}

function parse<T extends z.ZodType>(schema: T, input: unknown): z.output<T> {
  const parsed = schema.safeParse(input);
  if (parsed.success) return parsed.data;
  const details = parsed.error.issues.map((issue) => ({ field: issue.path.join('.'), code: issue.code, message: issue.message }));
  throw audienceError('topic_invalid', `The topic cannot be saved: ${details.map((d) => `${d.field} ${d.message}`).join('; ')}.`, {
    details,
  });
}
