// Which provider answers for a model. Base URLs are settable, so that a proxy or a scripted model can stand in.
import { createAnthropic } from '@ai-sdk/anthropic';
import { createOpenAI } from '@ai-sdk/openai';
import type { LanguageModel } from 'ai';
import type { ModelRef } from '../../contracts/session.ts';

export interface Access {
  readonly apiKey: string | undefined;
  readonly baseUrl: string | undefined;
}

export function createProviders(access: { readonly anthropic: Access; readonly openai: Access }): (ref: ModelRef) => LanguageModel {
  const anthropic = createAnthropic(settings(access.anthropic));
  const openai = createOpenAI(settings(access.openai));
  return ({ provider, id }) => (provider === 'anthropic' ? anthropic(id) : openai(id));
}

const settings = ({ apiKey, baseUrl }: Access) => ({
  ...(apiKey === undefined ? {} : { apiKey }),
  ...(baseUrl === undefined ? {} : { baseURL: baseUrl }),
});
